//! Items of all versions, for tests.

/// Version 2.1: one choice of three, with both kinds of feedback.
pub const SINGLE_2_1: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- an item by hand -->
<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="tea-1" title="Tea"
    adaptive="false" timeDependent="false">
  <responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">
    <correctResponse><value>green</value></correctResponse>
  </responseDeclaration>
  <outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
  <outcomeDeclaration identifier="FEEDBACK" cardinality="single" baseType="identifier"/>
  <itemBody><p>Tea leaves differ by what is done to them.</p><choiceInteraction responseIdentifier="RESPONSE"
      shuffle="true" maxChoices="1">
      <prompt>Which tea is not oxidized?</prompt>
      <simpleChoice identifier="black">Black<feedbackInline outcomeIdentifier="FEEDBACK" identifier="black"
        showHide="show">Oxidized in full.</feedbackInline></simpleChoice>
      <simpleChoice identifier="green">Green &amp; fresh<feedbackInline outcomeIdentifier="FEEDBACK"
        identifier="green" showHide="show">Heat stops it.</feedbackInline></simpleChoice>
      <simpleChoice identifier="oolong">Oolong</simpleChoice>
    </choiceInteraction></itemBody>
  <responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>
  <modalFeedback outcomeIdentifier="FEEDBACK" identifier="green" showHide="show">Green tea is heated.</modalFeedback>
  <modalFeedback outcomeIdentifier="FEEDBACK" identifier="black" showHide="show">Black tea rests.</modalFeedback>
</assessmentItem>"#;

/// Version 2.2: several choices, with the key only in the mapping.
pub const MULTIPLE_2_2: &str = r#"<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="sea-2"
    title="" adaptive="false" timeDependent="false">
  <responseDeclaration identifier="R" cardinality="multiple" baseType="identifier">
    <mapping lowerBound="0" defaultValue="-1">
      <mapEntry mapKey="a" mappedValue="1"/><mapEntry mapKey="c" mappedValue="0.5"/>
      <mapEntry mapKey="b" mappedValue="0"/>
    </mapping>
  </responseDeclaration>
  <itemBody><choiceInteraction responseIdentifier="R" maxChoices="0"><prompt>Which are seas?</prompt>
    <simpleChoice identifier="a">Baltic</simpleChoice>
    <simpleChoice identifier="b">Baikal</simpleChoice>
    <simpleChoice identifier="c">Coral</simpleChoice></choiceInteraction></itemBody>
  <responseProcessing template="http://www.imsglobal.org/question/qti_v2p2/rptemplates/map_response.xml"/>
</assessmentItem>"#;

/// Version 3.0: an order, inside a division.
pub const ORDER_3_0: &str = r#"<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
    identifier="day-3" title="Day" adaptive="false" time-dependent="false" xml:lang="en">
  <qti-response-declaration identifier="RESPONSE" cardinality="ordered" base-type="identifier">
    <qti-correct-response><qti-value>dawn</qti-value><qti-value>noon</qti-value><qti-value>dusk</qti-value>
    </qti-correct-response>
  </qti-response-declaration>
  <qti-item-body><qti-order-interaction response-identifier="RESPONSE" shuffle="true">
      <qti-prompt>From early to late?</qti-prompt>
      <qti-simple-choice identifier="noon">Noon</qti-simple-choice>
      <qti-simple-choice identifier="dusk">Dusk</qti-simple-choice>
      <qti-simple-choice identifier="dawn">Dawn<qti-feedback-block outcome-identifier="F" identifier="x"
        show-hide="show"><qti-content-body><p>It comes first.</p></qti-content-body></qti-feedback-block>
      </qti-simple-choice>
    </qti-order-interaction></qti-item-body>
  <qti-response-processing template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"/>
</qti-assessment-item>"#;

/// Version 3.0: two pairs with the same target, and an additional target.
pub const MATCH_3_0: &str = r#"<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
    identifier="art-4" title="Art" adaptive="false" time-dependent="false" xml:lang="en">
  <qti-response-declaration identifier="RESPONSE" cardinality="multiple" base-type="directedPair">
    <qti-correct-response><qti-value>faust keats</qti-value><qti-value>ode keats</qti-value></qti-correct-response>
  </qti-response-declaration>
  <qti-item-body><qti-match-interaction response-identifier="RESPONSE" shuffle="true" max-associations="0">
      <qti-prompt>Who wrote it?</qti-prompt>
      <qti-simple-match-set>
        <qti-simple-associable-choice identifier="faust" match-max="1">Lamia</qti-simple-associable-choice>
        <qti-simple-associable-choice identifier="ode" match-max="1">Ode on a Grecian Urn</qti-simple-associable-choice>
      </qti-simple-match-set>
      <qti-simple-match-set>
        <qti-simple-associable-choice identifier="goethe" match-max="0">Goethe<qti-feedback-inline
          outcome-identifier="F" identifier="g" show-hide="show">He wrote Faust.</qti-feedback-inline>
        </qti-simple-associable-choice>
        <qti-simple-associable-choice identifier="keats" match-max="0">Keats</qti-simple-associable-choice>
      </qti-simple-match-set>
    </qti-match-interaction></qti-item-body>
  <qti-response-processing template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"/>
</qti-assessment-item>"#;

/// All of them.
pub const ITEMS: [&str; 4] = [SINGLE_2_1, MULTIPLE_2_2, ORDER_3_0, MATCH_3_0];

/// A manifest of another tool, with one resource of each kind.
pub const MANIFEST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:imsmd="http://www.imsglobal.org/xsd/imsmd_v1p2">
  <resources>
    <resource identifier="t" type="imsqti_test_xmlv2p1" href="test.xml"><file href="test.xml"/></resource>
    <resource identifier="i1" type="imsqti_item_xmlv2p1" href="items/tea%201.xml">
      <metadata><imsmd:lom>
        <imsmd:general><imsmd:identifier>theirs</imsmd:identifier>
          <imsmd:keyword><imsmd:langstring xml:lang="en"> leaves </imsmd:langstring>
            <imsmd:langstring xml:lang="de">Blatt</imsmd:langstring></imsmd:keyword></imsmd:general>
        <imsmd:classification><imsmd:taxonpath>
          <imsmd:taxon><imsmd:entry><imsmd:langstring>Drinks</imsmd:langstring></imsmd:entry>
            <imsmd:taxon><imsmd:entry><imsmd:langstring>Hot</imsmd:langstring></imsmd:entry></imsmd:taxon></imsmd:taxon>
        </imsmd:taxonpath></imsmd:classification>
      </imsmd:lom></metadata>
      <file href="items/tea%201.xml"/>
    </resource>
    <resource identifier="i2" type="imsqti_item_xmlv2p2"><file href="./items/sea.xml"/></resource>
    <resource identifier="i3" type="imsqti_xmlv1p2" href="old.xml"/>
  </resources>
</manifest>"#;
